"""What an operator can see: metrics, traces, slow operations, the audit log."""
