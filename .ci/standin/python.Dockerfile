# Offline stand-in for the official python:<ver>-slim image: same Debian release,
# same prefix (/usr/local), same entry points, built from Debian packages only.
ARG DEBIAN_IMAGE=debian:trixie-slim
FROM ${DEBIAN_IMAGE}
LABEL fastapi-bench.stand-in="built from Debian's packages"
RUN apt-get update -q \
 && apt-get install -y -q --no-install-recommends ca-certificates python3 python3-venv \
 && python3 -m venv /usr/local \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log
# The trust store of the machine that builds the image (a registry mirror may use a private CA).
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    UV_PYTHON=/usr/local/bin/python3 UV_PYTHON_DOWNLOADS=never
CMD ["python3"]
