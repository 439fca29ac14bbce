"""An EVM that executes blocks: in-process revm, or an Anvil node."""
