"""How good and fast links must be for linked QPUs to beat one big machine."""
