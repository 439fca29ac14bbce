"""What each verb of the command does, as functions of the `sim` package."""
