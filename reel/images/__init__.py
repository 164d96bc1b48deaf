"""Still pictures that nobody vouches for, decoded in a child: the only place that knows Pillow."""
