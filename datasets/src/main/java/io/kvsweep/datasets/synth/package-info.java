/** Makes seeded captures of any shape, for tests and for sizes that nobody has captured. */
package io.kvsweep.datasets.synth;
