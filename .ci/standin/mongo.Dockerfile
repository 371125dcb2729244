# Offline stand-in for the official mongo:<major> image: SecantusDB from its wheel, which speaks
# MongoDB's protocol and is not mongod.
ARG DEBIAN_IMAGE=debian:trixie-slim
FROM ${DEBIAN_IMAGE}
LABEL fastapi-bench.stand-in="SecantusDB, which is not mongod"
RUN apt-get update -q \
 && apt-get install -y -q --no-install-recommends ca-certificates python3 python3-venv \
 && python3 -m venv /opt/venv \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY requirements.lock /
# The versions and hashes of the suite's lock, of what SecantusDB needs alone.
ARG NEEDS="dnspython|future|numpy|pymongo|python-dateutil|s2sphere|secantusdb|shapely|six"
RUN awk "/^[a-z]/ { wanted = /^($NEEDS)==/ } wanted" /requirements.lock >/secantusdb.lock \
 && PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
    /opt/venv/bin/pip install --no-cache-dir --require-hashes -r /secantusdb.lock
COPY --chmod=755 mongod.sh /usr/local/bin/mongod
CMD ["mongod"]
