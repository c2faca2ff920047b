"""All of Backdrop in one terminal: `./run_development.sh`."""
