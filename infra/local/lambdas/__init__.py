"""AWS Lambda on one machine: functions in processes of their own, fed by SQS or by the clock as AWS does it."""
