#!/bin/bash
# mongod's options as compose/mongo.yaml gives them, for SecantusDB.
set -euo pipefail
host=127.0.0.1 port=27017
while [ $# -gt 0 ]; do
  case "$1" in
    --bind_ip) host=$2; shift 2 ;;
    --port) port=$2; shift 2 ;;
    --wiredTigerCacheSizeGB | --setParameter) shift 2 ;;
    *) shift ;;
  esac
done
HOME=/tmp exec /opt/venv/bin/python -m secantus --host "$host" --port "$port" \
  --storage-path /data/db/data --standalone --cache-size 128M --log-level WARNING
