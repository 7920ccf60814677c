"""From whom to call next to a worker that calls them."""
