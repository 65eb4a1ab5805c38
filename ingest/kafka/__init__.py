"""From the outbox to Apache Kafka: the connection, the topics, the sender.

Owns: how brokers are reached and what their failures mean to a person, how topics must be, in which order and to which
partitions records go. The only room that imports `kafka`.
Does not know: what a record means beyond its kind, its author and what a deletion deletes; who reads the topics.
"""
