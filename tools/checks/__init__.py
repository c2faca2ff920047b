"""Every check of the project in one run: `./run_tests.sh`."""
