"""The process that plans a round: reads a request, tells how far it is, answers with a plan or with what blocks it."""
