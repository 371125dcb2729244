"""The services that apps stand on."""
