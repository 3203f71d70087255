"""Where a classifier's weights begin when they are not drawn: an encoder, and a head that is solved for."""
