# Offline stand-in for the official postgres:<major> image, from Debian's packages.
ARG DEBIAN_IMAGE=debian:trixie-slim
FROM ${DEBIAN_IMAGE}
LABEL fastapi-bench.stand-in="built from Debian's packages"
ENV LANG=C.UTF-8 PGDATA=/var/lib/postgresql/data PG_MAJOR=17
ENV PATH=/usr/lib/postgresql/${PG_MAJOR}/bin:$PATH
# create_main_cluster=false: do not initdb a throw-away cluster while packages are configured.
RUN mkdir -p /etc/postgresql-common \
 && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf \
 && apt-get update -q \
 && apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-confold \
      postgresql-${PG_MAJOR} \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log \
 && mkdir -p /docker-entrypoint-initdb.d "$PGDATA" /var/run/postgresql \
 && chown -R postgres:postgres "$PGDATA" /var/run/postgresql && chmod 700 "$PGDATA"
COPY postgres-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
VOLUME /var/lib/postgresql/data
# Same stop signal as the official image: "fast" shutdown.
STOPSIGNAL SIGINT
EXPOSE 5432
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
