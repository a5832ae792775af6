"""What a ride costs whom beside the adult fare: rules of the office, each from its own day on."""
