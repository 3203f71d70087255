"""The page's engines beside Python."""
