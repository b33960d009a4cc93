# An image that carries the portable folder to where no host folder can be mounted: `cp` puts it into a volume.
# Build it beside the archive of `npm run bundle -- --tar`.
FROM busybox
ADD dockerfile-extender-*-linux-x64.tar.gz /cnb/extender/
