/**
 * Statistics of the tables. Plain functions of their numbers: order, partitioning and locale change
 * no bit.
 */
package io.kvsweep.jobs.stats;
