"""What will be done: profiles, blocks, orders, loads."""
