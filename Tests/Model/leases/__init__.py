"""The executable model of leases: what the store does (fence, bucket, window, slots) and fleets that try to break it."""
