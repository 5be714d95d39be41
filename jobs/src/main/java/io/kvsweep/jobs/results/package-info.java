/**
 * What a sweep leaves on disk: result files published whole or not at all, what is done already,
 * and the manifest of each run.
 */
package io.kvsweep.jobs.results;
