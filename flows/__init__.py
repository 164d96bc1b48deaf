"""What runs, and in what order. No media logic and no models here: those are in `reel`."""
