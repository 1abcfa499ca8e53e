# SPDX-License-Identifier: MIT
"""advice.py ROOT: every advice of the sources that names a command, a page or a file, as lines for tests/unit/advice.bats.

    run<TAB>WHERE<TAB>WORDS    type it as it stands
    piped<TAB>WHERE<TAB>WORDS  a stage of a pipe ("run bb-subnet again"): it gets a plan
    bad<TAB>WHERE<TAB>WHY      a form that nobody knows: make it one that can be tried, or teach it to this script

Placeholders are those of the messages' own: %s and NAMES IN CAPITALS.
"""
import glob
import os
import re
import sys

# What may follow a command as prose; behind the first two it stands for a stage in somebody's pipe.
STAGE = {"again", "first", "again:"}
PROSE = {"is", "shows", "gives", "proves", "says", "runs", "and", "then", "to", "for", "by", "once", "what", "when", "or", "in", "which", "ends", "takes", "show", "keeps", "asks", "composes"}

# Other people's programs: these words, and what follows them in capitals or as %s.
OTHERS = [
    "docker ps", "docker images", "docker network ls", "docker network rm", "docker rm -f", "docker pull registry:2",
    "docker image prune", "docker exec", "make install", "systemctl start docker", "systemctl status docker", "ip route get", "ip route",
    "apt install docker.io", "apt install docker-registry", "chmod 600", "chmod 660", "chmod go-w", "chgrp",
    "ulimit -n", "sudo usermod -aG", "timedatectl set-ntp true", "export", "smolvm pack create", "smolvm machine delete",
]

# "see", "run", "try", "type" what is no command.
PLAIN = {
    "see the lines above", "try again", "try the same by hand", "run the applet that owns it once", "see ip route",
    "run it with --until first", "type it, or start again", "run microVMs", "run /bin/sh -c by these", "run an ai coding agent",
    "type base64'", "type '%s --help'", "run %s first", "by hand: delete from vms", "by hand, or", "try them by hand", "try it by hand",
}


def literals(text):
    """(line, literal) with neighbours joined, as the compiler does it; comments left out."""
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m[0].count("\n"), text, flags=re.S)
    text = re.sub(r"^[ \t]*#[ \t]*include.*$", "", text, flags=re.M)
    for m in re.finditer(r'"(?:[^"\\\n]|\\.)*"(?:\s*"(?:[^"\\\n]|\\.)*")*', text):
        parts = re.findall(r'"((?:[^"\\\n]|\\.)*)"', m[0])
        yield text.count("\n", 0, m.start()) + 1, "".join(parts).replace('\\"', '"').replace("\\n", " ")


def messages(text):
    """Which lines are what a call says has happened, not what helps: behind its advice."""
    lines = set()
    for m in re.finditer(r"\b(die|line|warn|bug)\(", text):
        depth, commas, quoted, i = 1, 0, False, m.end()
        while depth and i < len(text):
            c = text[i]
            if quoted:
                i += c == "\\"
                quoted = c != '"'
            elif c == '"':
                quoted = True
                if commas >= {"die": 2, "line": 4, "warn": 9, "bug": 0}[m[1]]:
                    lines.add((text.count("\n", 0, i) + 1, text[i + 1:i + 9]))
            else:
                depth += (c == "(") - (c == ")")
                commas += c == "," and depth == 1
            i += 1
    return lines


def sayings(text):
    """What a script of ours says: the quoted texts of die, say and printf."""
    for n, line in enumerate(text.splitlines(), 1):
        said = re.search(r"\b(?:die \d+|say|printf)\s+(.*)", line)
        for q in re.findall(r'"([^"]*)"|\'([^\']*)\'', said[1] if said else ""):
            yield n, re.sub(r"\$\{?\w+\}?", "%s", q[0] or q[1]).replace("\\n", " ")


def all_texts(root):
    for path in sorted(glob.glob(f"{root}/lib/**/*.[ch]", recursive=True) + glob.glob(f"{root}/applets/**/*.[ch]", recursive=True)):
        source = open(path).read()
        said = messages(source)
        rows = source.splitlines()
        for n, text in literals(source):
            # Rows of verbs and options are --help's; what a guest's shell is given is no advice.
            if re.match(r"\s*\{ [0'\"]", rows[n - 1]) or "; do " in text or ">&2" in text:
                continue
            yield f"{os.path.relpath(path, root)}:{n}", text, (n, text[:8]) in said
    for path in sorted(glob.glob(f"{root}/shell/bb-*")):
        for n, text in sayings(open(path).read()):
            yield f"{os.path.relpath(path, root)}:{n}", text, not re.search(r"bb-\S+ \S", text)


def is_word_of_command(word):
    return (word.startswith("-") or re.fullmatch(r"%s|%s:/\S+|[A-Z][A-Z-]*|SLUG:/path|\S+=\S+|/[A-Z]+", word) is not None)


def command(where, text, start, verbs):
    """The command that begins there: its kind and words."""
    words = []
    kind = "run"
    for raw in text[start:].split(" "):
        word = raw.rstrip("'\"),;.?:") if raw != "..." else raw
        ends = raw != word
        if words and not is_word_of_command(word) and not (len(words) == 1 and word in verbs(words[0])):
            previous = words[-1]
            if word in STAGE:
                kind = "piped"
            elif word not in PROSE and word not in ("", "|") and not (previous.startswith("--") and re.fullmatch(r"[a-z]+", word)):
                return "bad", f"'{word}' behind '{' '.join(words)}'"
            elif previous.startswith("--") and word not in PROSE and word:
                words.append(word)
                if not ends:
                    continue
            break
        words.append(word)
        if ends:
            break
    return kind, " ".join(words)


def look(root, where, text, said, verbs):
    covered, spans = [], []
    for m in re.finditer(r"(?<![\w/-])(?<!man )(?<!man \d )(?<!-[a-z] )(bb-[a-z-]+|bottlebox)(?= |$|['\";,.?)])", text):
        if text == m[0] or said and not re.match(r"\S+ (-|%s|[A-Z])", text[m.start():]):
            continue
        kind, words = command(where, text, m.start(), verbs)
        covered.append(m.start())
        spans.append((m.start(), m.start() + len(words)))
        # "bottlebox" is a thing as well as a program.
        if m[0] != "bottlebox" or re.match(r"bottlebox --", text[m.start():]):
            yield kind, words
    for m in re.finditer(r"\bman (?:(\d) )?([a-z-]+)|\b(bb-[a-z-]+|bottlebox)\((\d)\)", text):
        page = f"{m[2] or m[3]}.{m[1] or m[4] or 1}"
        covered.append(m.start())
        if page != "getrlimit.2" and not os.path.exists(f"{root}/man/{page}"):
            yield "bad", f"there is no page {page}"
    for m in re.finditer(r"\bdocs/[\w/.-]+\b", text):
        covered.append(m.start())
        if not os.path.exists(f"{root}/{m[0]}"):
            yield "bad", f"there is no file {m[0]}"
    for other in OTHERS:
        covered += [m.start() for m in re.finditer(re.escape(other) + r"\b", text)]
    if said:
        return
    for m in re.finditer(r"(?<!-)\b(?:see|run|try|type|start it:|by hand:|install it:) '?", text, re.I):
        if any(a < m.start() < b for a, b in spans):
            continue
        if m.end() not in covered and not any(text[m.start():].lower().startswith(p.lower()) for p in PLAIN):
            yield "bad", f"what is that: {text[m.start():][:60]}"


def main():
    root = sys.argv[1]
    known = {}
    for line in open(sys.argv[2]):
        name, *verbs = line.split()
        known[name] = verbs
    seen = 0
    for where, text, said in all_texts(root):
        if " " not in text:
            continue
        for kind, words in look(root, where, text, said, lambda name: known.get(name, [])):
            seen += 1
            print(kind, where, words, sep="\t")
    assert seen > 40, seen


main()
