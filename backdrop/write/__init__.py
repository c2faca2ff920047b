"""The write app: records in, each with what it triggers, all or nothing."""
