package io.kvsweep.udfs.metrics;

import java.util.Arrays;

/** Keeps the smallest {@code capacity} of many numbers, in a max-heap. */
final class Smallest {
  private final double[] heap;
  private int size;

  Smallest(int capacity) {
    heap = new double[capacity];
  }

  void add(double value) {
    if (size < heap.length) {
      heap[size] = value;
      siftUp(size++);
    } else if (value < heap[0]) {
      heap[0] = value;
      siftDown();
    }
  }

  /** The numbers kept, ascending. */
  double[] sorted() {
    double[] out = Arrays.copyOf(heap, size);
    Arrays.sort(out);
    return out;
  }

  private void siftUp(int start) {
    int child = start;
    while (child > 0 && heap[(child - 1) / 2] < heap[child]) {
      swap(child, (child - 1) / 2);
      child = (child - 1) / 2;
    }
  }

  private void siftDown() {
    int parent = 0;
    while (2 * parent + 1 < size) {
      int child = 2 * parent + 1;
      if (child + 1 < size && heap[child + 1] > heap[child]) {
        child++;
      }
      if (heap[parent] >= heap[child]) {
        return;
      }
      swap(parent, child);
      parent = child;
    }
  }

  private void swap(int a, int b) {
    double t = heap[a];
    heap[a] = heap[b];
    heap[b] = t;
  }
}
