# Offline stand-in for the official mariadb:<version> image, from Debian's packages.
ARG DEBIAN_IMAGE=debian:trixie-slim
FROM ${DEBIAN_IMAGE}
LABEL fastapi-bench.stand-in="built from Debian's packages"
RUN printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d \
 && apt-get update -q && apt-get install -y -q --no-install-recommends \
      mariadb-server-core mariadb-client-core \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log
CMD ["mariadbd"]
