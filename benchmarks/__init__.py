"""What every speed claim is measured with: ratios within one run, for these machines are noisy."""
