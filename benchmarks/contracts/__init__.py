"""The door for records beside other validators, on the same files in the same run."""
