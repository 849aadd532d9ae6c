"""What a person sees: real Home Assistant, real Chromium, and trackers that speak to the port."""
