"""What every request of the API passes through: its context, its route, its errors and its pages."""
