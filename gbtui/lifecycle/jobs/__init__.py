"""Background jobs: what they do, when each is due, one of many runs it, each run on record.

registry.JOBS is the only list. A job is a plain async function that gets a Run and returns counts; running.run() holds
the job's advisory lock on the very connection that the job works over, so that lock and work end together.
"""
