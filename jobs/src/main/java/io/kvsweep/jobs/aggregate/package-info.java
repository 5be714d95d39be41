/**
 * Result rows to tables. Spark only brings the rows of a group together; everything is computed in
 * plain Java over sorted rows, so that no partitioning can change a bit.
 */
package io.kvsweep.jobs.aggregate;
