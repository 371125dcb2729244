# A base image with the very interpreter that measures on the host, so that benchmarks.places compares places and not two builds of Python.
#   docker build --network host -f benchmarks/interpreter.Dockerfile -t same-python "$(python -c 'import sys; print(sys.base_prefix)')"
#   BASE_IMAGE=same-python python -m benchmarks.places
FROM python:3.13-slim
RUN rm -rf /usr/local/*
COPY . /usr/local
RUN ldconfig
