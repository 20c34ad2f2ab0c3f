"""What the runner is made of: parameters, kernels, publishing."""
