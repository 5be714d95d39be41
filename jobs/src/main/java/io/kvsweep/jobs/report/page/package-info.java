/** The page {@code report.html}: reads the tables of a sweep and shows them; measures nothing. */
package io.kvsweep.jobs.report.page;
