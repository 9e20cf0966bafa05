"""Following ledgers of other services: import from its modules; `http` and `ports` bring no Kafka client along."""
