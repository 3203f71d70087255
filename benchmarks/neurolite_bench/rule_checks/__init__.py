"""Rules in every target: what they cost, whether hard ones always hold, and whether other words set them off."""
