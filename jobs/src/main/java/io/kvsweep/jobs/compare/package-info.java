/**
 * Two outputs of the same sweep, before and after: what a new version of a method changed on the
 * same tensors, and what is in only one of them.
 */
package io.kvsweep.jobs.compare;
