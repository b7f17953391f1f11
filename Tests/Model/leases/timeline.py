"""Discrete events in the order of their time."""
import heapq


class Timeline:
    def __init__(self):
        self.queue, self.count, self.now = [], 0, 0.0

    def at(self, time, what, *arguments):
        self.count += 1
        heapq.heappush(self.queue, (time, self.count, what, arguments))

    def run(self):
        while self.queue:
            self.now, _, what, arguments = heapq.heappop(self.queue)
            what(self.now, *arguments)
