"""Media files by their packets and pictures: the only place that imports PyAV and Pillow; files from outside are read in a
child."""
