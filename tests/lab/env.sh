# env.sh: sourced inside the lab. The programs, the planted secrets, and recorders in front of docker and smolvm.
PROJECT=$PWD
BB_REAL_DOCKER=$(PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v docker)
BB_REAL_SMOLVM=${BB_REAL_SMOLVM:-$(command -v smolvm)}
BB_CALLS=$HOME/calls
PATH=$PROJECT/tests/lab/record:$PROJECT/out/bin:$PATH
DEMO_API_KEY=demo-key-0b7c1f4e9a2d DEMO_NOTE=a-note-of-the-operator
export PROJECT PATH BB_REAL_DOCKER BB_REAL_SMOLVM BB_CALLS DEMO_API_KEY DEMO_NOTE
