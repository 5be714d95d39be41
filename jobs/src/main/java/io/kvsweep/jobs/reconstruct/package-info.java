/** Writes what a method decodes as captures: for other programs, and to be scored again. */
package io.kvsweep.jobs.reconstruct;
