"""Private real servers for tests: mongod, replica sets and RabbitMQ nodes, on own ports, in own folders.

    with ReplicaSet(folder, size=3) as mongodb: ...         # mongodb.url("a_database")
    with RabbitMq(folder) as rabbitmq: ...                  # rabbitmq.new_vhost() is a URL

Each can be stopped, killed, frozen and started again with its data. None outlives the Python that has started
it, however that ends. Where the program is missing they raise ServerMissing with a reason to skip.
"""
