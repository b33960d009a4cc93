#!/bin/sh
# Builds an app with image extensions by `docker run` alone, the two extend phases side by side.
#
#   build.sh BUILDER_IMAGE RUN_IMAGE LIFECYCLE_IMAGE APP_DIR APP_IMAGE
#
# EXTENDER: the portable folder on this machine. DOCKER_CONFIG: folder with the registry's credentials, which only
# the phases that talk to the registry get. The run image must be the one that detection decided on.
set -eu
builder=$1 run=$2 lifecycle=$3 app=$4 image=$5
extender=${EXTENDER:-/opt/extender}
credentials=${DOCKER_CONFIG:-$HOME/.docker}
name=extend-$$

for volume in layers workspace kaniko; do docker volume create "$name-$volume" >/dev/null; done
trap 'docker volume rm "$name-layers" "$name-workspace" "$name-kaniko" >/dev/null' EXIT
volumes="--volume $name-layers:/layers --volume $name-workspace:/workspace"
kaniko="--volume $name-kaniko:/kaniko"
registry="--user 0 --volume $credentials:/credentials:ro --env DOCKER_CONFIG=/credentials"
# What a RUN needs to change files of any owner, to become a user and to be ended; not even all of Docker's default.
root="--user 0 --cap-drop ALL --security-opt no-new-privileges"
for capability in CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD SETFCAP SETGID SETPCAP SETUID SYS_CHROOT; do
  root="$root --cap-add $capability"
done
phase() { docker run --rm --env CNB_PLATFORM_API=0.13 "$@"; }

docker run --rm --user 0 $volumes --volume "$app:/app:ro" "$builder" \
  sh -c 'cp -a /app/. /workspace && chown -R "$CNB_USER_ID:$CNB_GROUP_ID" /workspace /layers'
phase $registry $volumes "$lifecycle" /cnb/lifecycle/analyzer -run-image "$run" "$image"
phase $volumes --env CNB_EXPERIMENTAL_MODE=warn "$builder" /cnb/lifecycle/detector
phase $registry $volumes $kaniko "$lifecycle" /cnb/lifecycle/restorer -build-image "$builder"

extend="$root $volumes $kaniko --volume $extender:/cnb/extender:ro"
failed=0
phase $extend "$run" /cnb/extender/bin/extender -kind run &
phase $extend "$builder" /cnb/extender/bin/extender -kind build || failed=$?
wait $! || failed=$?
[ "$failed" = 0 ] || exit "$failed"

phase $registry $volumes $kaniko "$lifecycle" /cnb/lifecycle/exporter "$image"
