"""The services that apps stand on, a file each: how one is found, started, ready and ended.

A new service is a file here with its `Startable`, its containers in compose/<name>.yaml, and its
line below. What runs inside an app is found as a service is, and has no containers.
"""

SERVICES = {  # name -> its kind, imported when it is needed
    "postgres": "harness.services.postgres:Postgres",
    "upstream": "harness.services.upstream:Upstream",
    "redis": "harness.services.redis:Redis",
    "mongo": "harness.services.mongo:Mongo",
    "nginx": "harness.services.nginx:Nginx",
    "kafka": "harness.services.kafka:Kafka",
    "mysql": "harness.services.mysql:MySQL",
    "rabbitmq": "harness.services.rabbitmq:RabbitMQ",
}
INSIDE = {"spark": "harness.services.spark:Spark"}
