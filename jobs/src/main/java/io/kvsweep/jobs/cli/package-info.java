/** The command line: one class per command, exit codes, progress, the Spark session. */
package io.kvsweep.jobs.cli;
