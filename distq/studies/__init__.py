"""Questions asked of the whole compiler: each folder answers one, and only uses what is below.

``explain`` (what are the Bell pairs for?), ``pareto`` (which plans are worth having?), ``breakeven`` (when do links
beat one big machine?), ``validation`` (does distq predict published experiments?), ``bench`` (which strategy is best?),
``sweep`` (which numbers must a network have?).
"""
