# SPDX-License-Identifier: MIT
"""gate.py - the rows that go to the git gate. Status 0 of a script means that the gate took it."""
import base64

from rows import SECRET, Row, policy

START = """git init -q -b main w && cd w || exit 99
git config user.name Guest && git config user.email guest@example.com
export no_proxy=* GIT_HTTP_USER_AGENT=MARK
gate=http://IP:9418
# The token of the bundle that answers now, in the place of the one that was provisioned.
export GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=http.$gate/.extraHeader GIT_CONFIG_VALUE_0=
export GIT_CONFIG_KEY_1=http.$gate/.extraHeader GIT_CONFIG_VALUE_1='Authorization: Basic BASIC'
ask() { curl -sS -H 'Authorization: Basic BASIC' "$@"; }
push() { git push $gate/app ${1:-HEAD:refs/heads/MARK} ${2:-}; }
empty() { git commit -q --allow-empty -m "${1:-one}"; }
file() { echo "$1" >"${2:-f}" && git add . && git commit -qm one; }
"""


def order(door, text):
    """door: address and token of the gate."""
    basic = base64.b64encode(b"bottle:" + door[1].encode()).decode()
    return {"script": START.replace("IP", door[0]).replace("BASIC", basic) + text}


def control(door):
    return Row("control", 5, "a clean push arrives", order(door, "file harmless && push"), "")


def secrets(secret, door):
    """The scanner must be named: proof that it came before the upstream."""
    encoded = base64.b64encode(secret.encode()).decode()
    return [Row("E-24", 5, what, order(door, text), SECRET) for what, text in [
        ("key in a file", f"file {secret} && push"),
        ("key in history, removed since", f"file {secret} && git rm -q f && git commit -qm two && push"),
        ("key in a commit message", f"empty 'see {secret}' && push"),
        ("key in a tag's message", f"empty && git tag -a MARK -m '{secret}' && push HEAD:refs/heads/MARK MARK"),
        ("key as a file's name", f"file x {secret} && push"),
        ("key as a branch", f"empty && push HEAD:refs/heads/{secret}"),
        ("key in base64", f"file {encoded} && push"),
    ]]


def tree(name, mode="100644", content="x"):
    """A commit whose tree holds what `git add` would refuse."""
    kind = {"040000": "tree"}.get(mode, "blob")
    blob = f"b=$(printf '%s' '{content}' | git hash-object -w --stdin)\n"
    if kind == "tree":
        blob += "b=$(printf '100755 blob %s\\thook\\n' $b | git mktree)\n"
    return (blob + f"t=$(printf '{mode} {kind} %s\\t{name}\\n' $b | git mktree) && c=$(git commit-tree -m one $t) && "
            "push $c:refs/heads/MARK")


def refspec(secret):
    """Git looks at the names of refs only after pre-receive. With a colon in it, one is read as a refspec by whoever
    pushes on: the carrier's tree has, where the name's first half points, a commit that no scan of the carrier meets."""
    return rf"""git fetch -q $gate/app main && main=$(git rev-parse FETCH_HEAD)
t=$(printf '100644 blob %s\tf\n' $(echo {secret} | git hash-object -w --stdin) | git mktree)
c=$(git commit-tree -m MARK -p $main $t)
x=$(printf '160000 commit %s\tx\n' $c | git mktree)
for folder in heads refs; do x=$(printf '040000 tree %s\t%s\n' $x $folder | git mktree); done
n=$(git commit-tree -m carrier $x)
printf '%s\n%s\n^%s\n' $n $c $main | git pack-objects -q --stdout --revs >pack
line="{'0' * 40} $n refs/heads/x:refs/heads/main"
{{ printf '%04x%s\0 report-status side-band-64k0000' $((${{#line}} + 33)) "$line"; cat pack; }} >body
ask --noproxy '*' -m 120 -H 'Content-Type: application/x-git-receive-pack-request' --data-binary @body \
    $gate/app/git-receive-pack | tr -d '\0'; exit 1"""


def abuse(door, secret):
    fetched = "git fetch -q $gate/app main && "
    fsck = "fsck error"
    history, ref = policy("history"), policy("ref")
    return [Row(id, 5, what, order(door, text), need) for id, what, text, need in [
        ("E-25", "without the token", "curl -sS -A MARK '$gate/app/info/refs?service=git-upload-pack'; exit 1".replace("'", '"'), policy("token")),
        ("E-25", "a repository that is not configured", "empty && git push $gate/other HEAD:refs/heads/MARK", policy("repository")),
        ("E-25", "a path that climbs", "ask --path-as-is $gate/app/../other/info/refs?service=git-receive-pack; exit 1", policy("git-protocol")),
        ("E-25", "notes", "empty && push HEAD:refs/notes/MARK", ref),
        ("E-25", "a branch is deleted", fetched + "push :refs/heads/main", history),
        ("E-25", "a branch is replaced by force", fetched + "empty MARK && push +HEAD:refs/heads/main", history),
        ("E-25", "a ref whose name is a refspec", refspec(secret), ref),
        ("E-25", "a branch that the upstream protects", "empty && push HEAD:refs/heads/protected", policy("upstream") + ".*hook declined to update refs/heads/protected"),
        ("E-25", "push options are not offered", "empty && git push -o ci.skip $gate/app HEAD:refs/heads/MARK", "does not support push options"),
        ("E-25", "more than may be pushed", "ask -A MARK -H 'Content-Length: 60000000' --data-binary x -m 120 "
         "-H 'Content-Type: application/x-git-receive-pack-request' $gate/app/git-receive-pack; exit 1", policy("push-limit")),
        ("E-25", "an archive", "ask -d 0000 -H 'Content-Type: application/x-git-upload-archive-request' "
         "$gate/app/git-upload-archive; exit 1", policy("git-protocol")),
        ("E-25", "dumb HTTP", "ask -A MARK $gate/app/objects/info/packs; exit 1", policy("git-protocol")),
        ("E-26", "a tree with a .git folder in it", tree(".git", "040000"), fsck),
        ("E-26", "a symbolic link called .git", tree(".git", "120000", "/tmp/elsewhere"), fsck),
        ("E-26", ".gitmodules with an option for a URL", tree(".gitmodules", "100644", '[submodule "x"]\n\tpath = x\n\turl = -u./payload\n'), fsck),
        ("E-26", "a symbolic link called .gitmodules", tree(".gitmodules", "120000", "/etc/passwd"), fsck),
    ]]
