/** Tables and pictures of a sweep: what a person looks at. */
package io.kvsweep.jobs.report;
