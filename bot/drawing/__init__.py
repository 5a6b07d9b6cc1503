"""Pictures that the bot draws itself: charts and family trees."""
