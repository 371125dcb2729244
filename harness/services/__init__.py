"""The services that apps stand on, a file each: how one is found, started, known to be ready, ended.

A new service is a file here, its fragment in compose/, and its line below.
"""

SERVICES = {  # name -> the module that knows it, imported when it is needed
    "postgres": "harness.services.postgres",
    "upstream": "harness.services.upstream",
    "redis": "harness.services.redis",
    "mongo": "harness.services.mongo",
    "nginx": "harness.services.nginx",
}
