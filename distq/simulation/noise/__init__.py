"""Error channels of gates, Bell pairs and waiting ions."""
