"""What every request of the API shares: context, routing, problems, idempotency, pagination and documentation."""
