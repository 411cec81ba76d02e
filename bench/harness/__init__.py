"""What every bench needs: processes measured from outside, servers, the machine, results."""
